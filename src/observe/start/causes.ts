import { componentOf } from '../../cluster/components.ts'
import { bootstrapRefused } from './bootstrap-causes.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { EndedContainer } from './ended.ts'
import { finalError } from './final-error.ts'
import { kubeletEnds, portHint } from './kubelet-causes.ts'
import { registrationRefused } from './registration-causes.ts'
import type { Evidence } from './start-evidence.ts'

export interface Cause {
  readonly id: string
  /** Returns the diagnosis if the evidence is certain. What a normal start shows for a moment is not. */
  readonly matches: (evidence: Evidence) => Diagnosis | undefined
}

/** Causes that keep a node from starting, most basic first: the first match is reported. */
export const causes: readonly Cause[] = [
  { id: 'runtime-down', matches: runtimeDown },
  { id: 'kubelet-absent', matches: kubeletAbsent },
  { id: 'kubelet-ends', matches: kubeletEndsAtStart },
  { id: 'kubelet-health-port', matches: kubeletHealthPort },
  { id: 'bootstrap-refused', matches: bootstrapRefused },
  { id: 'registration-refused', matches: registrationRefused },
  { id: 'manifest-invalid', matches: manifestInvalid },
  { id: 'image-missing', matches: imageMissing },
  { id: 'cgroup-driver', matches: cgroupDriver },
  { id: 'pod-not-created', matches: podNotCreated },
  { id: 'component-ends', matches: componentEnds },
]

/** It may be restarting, for example during a system update. containerd is restarted after five seconds. */
const runtimePatienceMs = 10_000

function runtimeDown({ runtimeError, runtimeGivenUp }: Evidence): Diagnosis | undefined {
  if (runtimeError === undefined) return undefined
  const { message, hint = '', cause } = runtimeError
  const evidence = cause instanceof Error ? cause.message : ''
  const found = { component: 'the container runtime', cause: message, evidence, hint }
  return runtimeGivenUp ? found : { ...found, lastingMs: runtimePatienceMs }
}

function kubeletAbsent({ unit }: Evidence): Diagnosis | undefined {
  if (unit.load !== 'not-found') return undefined
  const hint = 'install the kubelet package of the cluster’s version on this host'
  return { component: 'the kubelet', cause: 'systemd has no unit kubelet.service', evidence: '', hint }
}

/** A restarting unit is "stopped" for a moment. */
const stoppedPatienceSeconds = 3

function kubeletEndsAtStart({ unit, journal, now }: Evidence): Diagnosis | undefined {
  if (!['auto-restart', 'failed', 'dead'].includes(unit.sub)) return undefined
  const words = finalError(journal.flatMap(({ text }) => (isUnitLine(text) ? [] : text)))
  const known = kubeletEnds.find(end => unit.sub !== 'dead' && words !== undefined && end.message.test(words.message))
  const settled = now - (unit.changed ?? 0) >= stoppedPatienceSeconds
  const lasting = unit.sub === 'auto-restart' ? known?.certain === true || unit.restarts > 0 : settled
  if (!lasting) return undefined
  const state = unit.sub === 'dead' ? 'it is stopped' : `it exits with code ${unit.exitStatus}`
  const cause = words === undefined || unit.sub === 'dead' ? state : `${state}: ${words.message}`
  const hint = known?.hint ?? 'read `journalctl -u kubelet`, and start it with `systemctl start kubelet`'
  return { component: 'the kubelet', cause, evidence: words?.excerpt ?? '', hint }
}

/** Such a kubelet keeps running and retries every five seconds: without another failure it has succeeded. */
const healthRetrySeconds = 8

function kubeletHealthPort({ unit, journal, now }: Evidence): Diagnosis | undefined {
  if (unit.sub !== 'running') return undefined
  const failed = journal.filter(({ text }) => text.includes('"Failed to start healthz server" err='))
  const { at = 0, text: last } = failed.at(-1) ?? {}
  if (last === undefined || failed.length < 2 || now - at > healthRetrySeconds) return undefined
  const why = / err="(.*)"$/.exec(last)?.[1]
  return {
    component: 'the kubelet',
    cause: `its health check cannot be served: ${why}`,
    evidence: last,
    hint: portHint,
  }
}

function isUnitLine(text: string): boolean {
  return /^(kubelet\.service|Start(ed|ing)|Stopp(ed|ing)) /.test(text) || text.startsWith('kubelet.service:')
}

/** Errors of a manifest before its last change are fixed or will be logged again. */
function manifestInvalid({ journal, components, countsFrom }: Evidence): Diagnosis | undefined {
  const said = journal.flatMap(({ at, text }) => {
    const path = /"Could not process manifest file" .*path="([^"]+)"/.exec(text)?.[1] ?? ''
    const component = components.find(name => path.endsWith(`/${name}.yaml`))
    return component !== undefined && at >= countsFrom(component) ? [{ component, path, text }] : []
  })
  const last = said.at(-1)
  if (last === undefined) return undefined
  const { component, path, text } = last
  const hint = `correct ${path}; if a patch made it so, correct the patch and run the command again`
  return { component, cause: `the kubelet cannot use ${path}`, evidence: text, hint }
}

const pullReasons = ['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull', 'InvalidImageName']
/** Responses of a registry, and name errors, that a retry does not fix. */
const lastingPull =
  /not found|manifest unknown|unauthorized|denied|forbidden|invalid reference|is not present with pull policy/i
/** Time for a registry that is unreachable. The kubelet itself retries only after ten seconds. */
const pullPatienceSeconds = 3

function imageMissing({ syncErrors, missingImages, now }: Evidence): Diagnosis | undefined {
  const errors = syncErrors.filter(
    ({ reason, image }) => pullReasons.includes(reason) && missingImages.has(image ?? ''),
  )
  const first = errors[0]
  if (first === undefined) return undefined
  if (!errors.some(error => lastingPull.test(error.message)) && now - first.at < pullPatienceSeconds) return undefined
  const why = first.message.replace(/^failed to pull and unpack image "[^"]+": /, '')
  return {
    component: first.component,
    cause: `image ${first.image} is not on the host and cannot be pulled: ${why}`,
    evidence: first.line,
    hint: `correct the image's repository or tag in the ClusterConfiguration, or pull it on the host: \`ctr -n k8s.io images pull ${first.image}\`; list the images with \`ctr -n k8s.io images ls\``,
  }
}

const timedOut = /code = DeadlineExceeded/

function cgroupDriver({ syncErrors }: Evidence): Diagnosis | undefined {
  const found = syncErrors.find(({ message }) => /expected cgroupsPath to be of format/.test(message))
  if (found === undefined) return undefined
  return {
    component: found.component,
    cause: 'the kubelet and the container runtime use different cgroup drivers',
    evidence: found.line,
    hint: 'set cgroupDriver in the KubeletConfiguration and SystemdCgroup in /etc/containerd/config.toml to match',
  }
}

/** The end of an earlier container, which the kubelet tries again. */
const notOfCreation = ['CrashLoopBackOff', 'KillContainerError', 'KillPodSandboxError']

function podNotCreated({ syncErrors }: Evidence): Diagnosis | undefined {
  const others = [...pullReasons, ...notOfCreation]
  // A slow runtime is asked again.
  const errors = syncErrors.filter(({ reason, message }) => !others.includes(reason) && !timedOut.test(message))
  const last = errors.at(-1)
  const first = errors.find(error => error.component === last?.component)
  if (last === undefined || first === undefined || last.at - first.at < 3) return undefined
  const hint = 'check the log of the container runtime: `journalctl -u containerd`'
  return { component: last.component, cause: `${last.reason}: ${last.message}`, evidence: last.line, hint }
}

/** Messages while another component is not up yet; the component that logs them restarts and recovers. */
const passing =
  /connection refused|deadline exceeded|leader ?election lost|i\/o timeout|TLS handshake timeout|no leader|request timed out|connection reset|apiserver being healthy/i
/** A bare "invalid argument" comes from the kernel, not from a flag. */
const lastingEnd = /unknown (shorthand )?flag|flag provided but not defined|invalid argument ".*" for |invalid value "/
/** Exit codes 137 and 143: killed from outside, which is not an error of the component. */
const killed = [137, 143]

/** An etcd that runs for this long serves on any host. */
const etcdPatienceSeconds = 60

function componentEnds(evidence: Evidence): Diagnosis | undefined {
  for (const one of evidence.ended) {
    const words = finalError(one.log)
    const said = words?.message ?? one.container.message
    const message = said ?? one.container.reason ?? ''
    if (!isLasting(one, message, evidence)) continue
    // The kubelet has removed the log: the end may be due to the server that the component waits for.
    if (said === undefined && one.container.reason !== 'OOMKilled' && waitsForAnother(one.component, evidence)) continue
    return {
      component: one.component,
      cause: `it exits with code ${one.container.exitCode}: ${message}${outOfReach(one.log, message)}`,
      evidence: words?.excerpt ?? message,
      hint: hintFor(one.component, message),
    }
  }
  return undefined
}

/** Returns the server that a component could not reach, if its error does not name it. */
function outOfReach(log: readonly string[], message: string): string {
  if (!passing.test(message) || message.includes('dial ')) return ''
  const dialled = /dial tcp \S+:\d+: [\w: ]+/.exec(log.findLast(line => line.includes('dial tcp ')) ?? '')
  return dialled === null ? '' : ` (${dialled[0]})`
}

function isLasting({ component, container, ends }: EndedContainer, message: string, evidence: Evidence): boolean {
  const { reason, exitCode = 0 } = container
  if (passing.test(message)) {
    // Before the wait for this component, the server that it needs was still starting.
    const { finishedAt = container.createdAt } = container
    return ends >= 3 && finishedAt.getTime() / 1000 >= evidence.waitedFrom && !waitsForAnother(component, evidence)
  }
  if (reason === 'OOMKilled') return true
  if (killed.includes(exitCode)) return false
  return lastingEnd.test(message) || ends >= 2
}

/** True while the server that the component needs is still starting and is also awaited. */
function waitsForAnother(component: string, { components, written, containers, now }: Evidence): boolean {
  const needed = componentOf(component)?.needs ?? ''
  if (!components.includes(needed) || !written.has(needed)) return false
  if (needed !== 'etcd') return true
  const newest = containers.find(({ name }) => name === needed)
  return newest?.state !== 'running' || now - newest.createdAt.getTime() / 1000 < etcdPatienceSeconds
}

function hintFor(component: string, message: string): string {
  const manifest = `/etc/kubernetes/manifests/${component}.yaml`
  const port = /:(\d+): bind: address already in use/.exec(message)?.[1]
  if (port !== undefined)
    return `another process uses port ${port}: find it with \`ss -ltnp 'sport = :${port}'\` and stop it`
  if (/\bflag\b|invalid argument ".*" for |take any arguments|feature gate|not a valid/.test(message)) {
    const section = componentOf(component)?.section
    return `correct ${section === undefined ? 'the flags' : `${section}.extraArgs`} in the ClusterConfiguration (or the patch) and run the command again; the manifest is ${manifest}`
  }
  const crowded = /(\/[^\s:"]+\.crt)\b.*expected 1 certificate, found \d+/.exec(message)?.[1]
  if (crowded !== undefined)
    return `leave one certificate in ${crowded}, that of the CA whose key is in the same directory`
  if (passing.test(message))
    return 'check why the server it connects to does not respond; its logs are in /var/log/pods'
  return `its logs are in /var/log/pods, its manifest is ${manifest}`
}
