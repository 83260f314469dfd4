import { createServer } from 'node:http'
import { duplexPair } from 'node:stream'
import type { KubeObject } from '../../src/cluster/kube-object.ts'
import type { Discovered } from '../../src/cluster/session.ts'
import { type FakeHost, fakeHost } from '../../src/host/fake.ts'
import { renderBootstrapKubeconfig } from '../../src/render/kubeconfig.ts'
import { makeNode } from '../fixtures/cluster.ts'
import { oracleText } from '../pki/oracle.ts'
import { quickCluster } from './run-phase.ts'

export const caPem = oracleText('ECDSA-P256/ca.crt')
export const server = 'https://10.77.0.11:6443'
export const bootstrapConf = '/etc/kubernetes/bootstrap-kubelet.conf'
export const kubeletConf = '/etc/kubernetes/kubelet.conf'
export const currentPem = '/var/lib/kubelet/pki/kubelet-client-current.pem'
export const cluster = quickCluster({ nodes: [makeNode({ name: 'w1', role: 'worker' })] })
export const discovered: Discovered = {
  server,
  ca: caPem,
  bootstrapKubeconfig: renderBootstrapKubeconfig({ clusterName: 'kubernetes', server, caPem, token: 'abcdef.x' }),
}
export const restarted = ['exec systemctl daemon-reload', 'exec systemctl restart kubelet']

/** A host whose kubelet is stopped, or answers on its health port. */
export function machine(files: Record<string, string> = {}, health = 200): FakeHost {
  const commands = ({ argv, verb }: { readonly argv: readonly string[]; readonly verb: string }) =>
    verb === 'query' ? { stdout: argv[0] === 'sh' ? 'ActiveState=inactive\nMainPID=0\n' : '' } : 0
  const connect = () => {
    const [near, far] = duplexPair()
    createServer((_, response) => response.writeHead(health).end()).emit('connection', far)
    return near
  }
  return fakeHost({ files, commands, connect })
}

/** The same host with a kubelet that was started after all its files were written. */
export function running(host: FakeHost): FakeHost {
  const soon = Date.now() / 1000 + 60
  const facts = ['LoadState=loaded', 'ActiveState=active', 'ExecMainStartTimestampMonotonic=1000000', 'MainPID=7']
  const stdout = [...facts, 'Uptime=1', `Now=${soon}`, ''].join('\n')
  const query: FakeHost['query'] = (argv, opts) =>
    argv[2]?.includes('systemctl show') ? Promise.resolve({ code: 0, stdout, stderr: '' }) : host.query(argv, opts)
  return { ...host, query }
}

export function node(status: 'True' | 'False'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'w1' },
    status: { conditions: [{ type: 'Ready', status }] },
  }
}
