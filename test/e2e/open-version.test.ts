import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Lab, type LabNode, startLab } from '../lab/lab.ts'
import { labKubeadmConfig } from '../lab/oracle.ts'
import { answerOn, kadmBinds, kadmOn } from './kadm.ts'
import { kubectl } from './observe.ts'

const version = 'v1.36.3'

describe('a node with a kubelet of an older minor version', () => {
  let lab: Lab
  let cp: LabNode

  beforeAll(async () => {
    lab = await startLab({ name: 'open-version', most: { controlPlanes: 1, workers: 0 }, versions: [version] })
    cp = await lab.startNode({ name: 'cp1', kubernetes: version, binds: kadmBinds })
    const config = labKubeadmConfig({ version }).replace(/^kubernetesVersion: .*\n/m, '')
    expect(config).not.toContain(version)
    await cp.writeFile('/root/init.yaml', config)
  })
  afterAll(() => lab?.stop())

  it('init without a version creates a working control plane of the minor version of the kubelet', async () => {
    const using = `Using Kubernetes version ${version}: the kubelet on cp1 is ${version}`
    const images = await kadmOn(cp, ['config', 'images', 'list'])
    expect(images.stdout).toContain(`registry.k8s.io/kube-apiserver:${version}\n`)
    const preflight = await kadmOn(cp, ['preflight', '--control-plane', '--config', '/root/init.yaml'])
    expect(preflight.stderr).toContain(`[preflight] ${using}`)
    const dry = await kadmOn(cp, ['init', '--dry-run', '--config', '/root/init.yaml'])
    expect([dry.stdout, dry.stderr]).toEqual([
      expect.stringContaining(`registry.k8s.io/kube-apiserver:${version}`),
      expect.stringContaining(`[init] ${using}`),
    ])
    expect(await answerOn(cp, ['init', '--config', '/root/init.yaml'])).toMatchObject({ kubernetesVersion: version })
    await lab.connectPods(cp)
    await kubectl(cp, 'wait --for=condition=Ready nodes --all --timeout=200s')
    const asked = await kubectl(cp, 'version -o json')
    expect(JSON.parse(asked).serverVersion.gitVersion).toBe(version)
    expect((await answerOn(cp, ['init', '--config', '/root/init.yaml'])).changes).toEqual([])
  })
})
