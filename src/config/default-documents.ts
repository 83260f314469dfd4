import { toClusterConfigurationTree } from '../cluster/cluster-configuration-tree.ts'
import { defaultBindPort } from '../cluster/components.ts'
import type { JsonObject } from '../cluster/json.ts'
import { defaultCaFile } from '../cluster/node-files.ts'
import { paths } from '../cluster/paths.ts'
import { releases } from '../cluster/releases.ts'
import { secret } from '../cluster/secret.ts'
import { initTree, joinTree, resetTree, upgradeTree } from './kind-trees.ts'
import { defaultTokens } from './kinds/bootstrap-tokens.ts'
import { defaultClusterConfiguration } from './kinds/cluster-configuration.ts'
import { type ComponentKind, completeComponents } from './kinds/component-configs.ts'
import { draftNode } from './kinds/node-registration.ts'
import { defaultTimeouts } from './kinds/timeouts.ts'
import { parseReset } from './reset.ts'
import { parseUpgrade } from './upgrade.ts'

/** kubeadm's placeholders for values that only a host or the operator can set. */
const placeholders = {
  token: 'abcdef.0123456789abcdef',
  address: '1.2.3.4',
  endpoint: `kube-apiserver:${defaultBindPort}`,
}
const criSocket = paths.defaultCriSocket
const timeouts = defaultTimeouts(undefined)

/** Returns the documents of `config print init-defaults`: kubeadm's, then the requested component configurations. */
export function initDefaults(components: readonly ComponentKind[]): readonly JsonObject[] {
  const minor = releases.filter(release => release.deploys).at(-1)?.minor
  const config = defaultClusterConfiguration({}, `1.${minor}.0`, defaultBindPort)
  const { kubelet, kubeProxy } = completeComponents({}, config, placeholders.address)
  const init = initTree({
    bootstrapTokens: defaultTokens([], new Date(0), () => placeholders.token),
    dryRun: false,
    localAPIEndpoint: { advertiseAddress: placeholders.address, bindPort: defaultBindPort },
    nodeRegistration: registration('node'),
    skipPhases: [],
    timeouts,
  })
  const trees = { KubeletConfiguration: kubelet.tree, KubeProxyConfiguration: kubeProxy.tree }
  return [init, toClusterConfigurationTree(config), ...components.map(kind => trees[kind])]
}

/** `hostname` is the name of this host, which the joining node gets. */
export function joinDefaults(hostname: string): readonly JsonObject[] {
  const token = secret(placeholders.token)
  const bootstrapToken = {
    token,
    apiServerEndpoint: placeholders.endpoint,
    caCertHashes: [],
    unsafeSkipCAVerification: true,
  }
  const join = joinTree({
    dryRun: false,
    nodeRegistration: registration(hostname.trim().toLowerCase()),
    caCertPath: defaultCaFile,
    discovery: { bootstrapToken, tlsBootstrapToken: token },
    skipPhases: [],
    timeouts,
  })
  return [join]
}

export function resetDefaults(): readonly JsonObject[] {
  return [resetTree({ criSocket, certificatesDir: paths.defaultCertificatesDir, ...parseReset({ flags: {} }).config })]
}

export function upgradeDefaults(): readonly JsonObject[] {
  return [upgradeTree(parseUpgrade().config)]
}

function registration(name: string) {
  const { kind: _, ...draft } = draftNode('', {}, 'worker')
  return { ...draft, name, criSocket }
}
