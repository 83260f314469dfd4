import type { Role } from '../../cluster/cluster.ts'
import { staticPodComponents } from '../../cluster/components.ts'
import { given } from '../../cluster/given.ts'
import { isMap, type JsonObject } from '../../cluster/json.ts'
import { type CertName, pairOf } from '../../cluster/node-files.ts'
import { paths } from '../../cluster/paths.ts'
import type { ExternalEtcd } from '../../cluster/spec.ts'
import type { HostReader } from '../../host/host.ts'
import { parseCertificate } from '../../pki/certificate.ts'
import { parseKubeconfig } from '../../pki/kubeconfig.ts'
import { isTextFault, readYaml } from '../../yaml/read.ts'
import { readText } from '../machine/read-text.ts'
import { isLoopbackUrl, readStaticPod, type StaticPod } from '../machine/static-pod.ts'
import { kubeletConf, readLeftFiles } from './left-files.ts'

/** The node's role, name and addresses, read from files left by init or join. */
export interface LeftNode {
  /** A host with a static pod or a key of a control plane has or had this role, or its join was interrupted. */
  readonly role: Role
  /** From the kubelet's credentials. */
  readonly name?: string
  /** From the manifest of its API server, else of its etcd. */
  readonly advertiseAddress?: string
  /** The port of its API server. */
  readonly bindPort?: number
  /** The container runtime in its kubelet configuration. */
  readonly criSocket?: string
  /** The file with the CA of clients in its kubelet configuration. */
  readonly clientCaFile?: string
  /** The external etcd that its API server uses. */
  readonly externalEtcd?: ExternalEtcd
}

/** An admin.conf alone is not evidence: users copy it. */
const manifests = staticPodComponents.map(paths.manifest)
const keys: readonly CertName[] = ['ca', 'etcd-ca', 'etcd-healthcheck-client']

/** Reads a host after a complete or interrupted init or join. */
export async function readLeftNode(host: HostReader, certificatesDir: string): Promise<LeftNode> {
  const signs = [...manifests, ...keys.map(name => pairOf(certificatesDir, name).key)]
  const [name, criSocket, clientCaFile, apiserver, etcd, ...stats] = await Promise.all([
    readNodeName(host),
    readCriSocket(host),
    readClientCaFile(host),
    readStaticPod(host, 'kube-apiserver'),
    readStaticPod(host, 'etcd'),
    ...signs.map(path => host.stat(path)),
  ])
  const peer = etcd?.flags.get('initial-advertise-peer-urls') ?? ''
  const address = apiserver?.flags.get('advertise-address') ?? (URL.canParse(peer) ? bare(new URL(peer)) : undefined)
  const port = apiserver?.flags.get('secure-port')
  return {
    role: stats.some(stat => stat !== undefined) ? 'control-plane' : 'worker',
    ...given({ name, advertiseAddress: address }),
    ...(port === undefined ? {} : { bindPort: Number(port) }),
    ...given({ criSocket, clientCaFile, externalEtcd: etcd === undefined ? externalEtcdIn(apiserver) : undefined }),
  }
}

function externalEtcdIn(apiserver: StaticPod | undefined): ExternalEtcd | undefined {
  const endpoints = (apiserver?.flags.get('etcd-servers') ?? '').split(',').filter(url => URL.canParse(url))
  if (endpoints.length === 0 || endpoints.some(isLoopbackUrl)) return undefined
  const file = (flag: string) => apiserver?.flags.get(flag)
  return {
    endpoints,
    ...given({ caFile: file('etcd-cafile'), certFile: file('etcd-certfile'), keyFile: file('etcd-keyfile') }),
  }
}

/** Returns the host of a URL, an IPv6 address without brackets. */
function bare({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

/** Reads the part of the kubelet's configuration that is specific to this node, else the whole configuration. */
async function readCriSocket(host: HostReader): Promise<string | undefined> {
  const files = [paths.kubeletInstanceConfig, paths.kubeletConfig]
  const texts = await Promise.all(files.map(path => readText(host, path)))
  return texts.map(text => socketIn(text ?? '')).find(socket => socket !== undefined)
}

async function readClientCaFile(host: HostReader): Promise<string | undefined> {
  const { authentication } = fieldsIn((await readText(host, paths.kubeletConfig)) ?? '')
  const x509 = isMap(authentication) ? authentication.x509 : undefined
  const file = isMap(x509) ? x509.clientCAFile : undefined
  return typeof file === 'string' && file.startsWith('/') ? file : undefined
}

function fieldsIn(text: string): JsonObject {
  const read = readYaml(text)
  return isTextFault(read) || !isMap(read.value) ? {} : read.value
}

function socketIn(text: string): string | undefined {
  const endpoint = fieldsIn(text).containerRuntimeEndpoint
  const path = typeof endpoint === 'string' ? /^(?:unix:\/\/)?(\/.+)$/.exec(endpoint)?.[1] : undefined
  return path === undefined ? undefined : `unix://${path}`
}

/** Returns the node name, such as `cp1`, from the kubelet's certificate for `system:node:cp1`. */
async function readNodeName(host: HostReader): Promise<string | undefined> {
  const left = await readLeftFiles(host, [kubeletConf])
  try {
    const pem = left.kubeletCertificate ?? parseKubeconfig(left.texts.get(kubeletConf) ?? '').clientCertPem ?? ''
    return /^system:node:(.+)$/.exec(parseCertificate(pem).subject.commonName)?.[1]
  } catch {
    return undefined
  }
}
