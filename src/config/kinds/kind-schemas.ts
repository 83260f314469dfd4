import * as z from 'zod'
import * as f from './field-schemas.ts'

/** The kinds of kubeadm.k8s.io/v1beta4 as written: every field is optional. Field names: kubeadm's v1beta4/types.go. */
const bootstrapToken = z.strictObject({
  token: f.token,
  description: f.text,
  ttl: f.duration,
  expires: f.time,
  usages: f.texts,
  groups: f.texts,
})

export const initSchema = z.strictObject({
  ...f.typeMeta,
  bootstrapTokens: z.array(bootstrapToken).exactOptional(),
  dryRun: f.flag,
  nodeRegistration: f.nodeRegistration,
  localAPIEndpoint: f.apiEndpoint,
  certificateKey: f.hidden,
  skipPhases: f.texts,
  patches: f.patches,
  timeouts: f.timeouts,
})

export const joinSchema = z.strictObject({
  ...f.typeMeta,
  dryRun: f.flag,
  nodeRegistration: f.nodeRegistration,
  caCertPath: f.text,
  discovery: z
    .strictObject({
      bootstrapToken: z
        .strictObject({
          token: f.hidden,
          apiServerEndpoint: f.text,
          caCertHashes: f.texts,
          unsafeSkipCAVerification: f.flag,
        })
        .exactOptional(),
      file: z.strictObject({ kubeConfigPath: f.text }).exactOptional(),
      tlsBootstrapToken: f.hidden,
    })
    .exactOptional(),
  controlPlane: z.strictObject({ localAPIEndpoint: f.apiEndpoint, certificateKey: f.hidden }).exactOptional(),
  skipPhases: f.texts,
  patches: f.patches,
  timeouts: f.timeouts,
})

export const resetSchema = z.strictObject({
  ...f.typeMeta,
  cleanupTmpDir: f.flag,
  certificatesDir: f.text,
  criSocket: f.text,
  dryRun: f.flag,
  force: f.flag,
  ignorePreflightErrors: f.texts,
  skipPhases: f.texts,
  unmountFlags: f.texts,
  timeouts: f.timeouts,
})

const upgradeNode = {
  certificateRenewal: f.flag,
  dryRun: f.flag,
  etcdUpgrade: f.flag,
  ignorePreflightErrors: f.texts,
  skipPhases: f.texts,
  patches: f.patches,
  imagePullPolicy: f.text,
  imagePullSerial: f.flag,
}
const upgradeTarget = { kubernetesVersion: f.text, allowExperimentalUpgrades: f.flag, allowRCUpgrades: f.flag }

export const upgradeSchema = z.strictObject({
  ...f.typeMeta,
  apply: z
    .strictObject({ ...upgradeTarget, ...upgradeNode, forceUpgrade: f.flag, printConfig: f.flag })
    .exactOptional(),
  diff: z
    .strictObject({ kubernetesVersion: f.text, contextLines: z.union([z.int(), z.bigint()]).exactOptional() })
    .exactOptional(),
  node: z.strictObject(upgradeNode).exactOptional(),
  plan: z
    .strictObject({
      ...upgradeTarget,
      dryRun: f.flag,
      etcdUpgrade: f.flag,
      ignorePreflightErrors: f.texts,
      printConfig: f.flag,
    })
    .exactOptional(),
  timeouts: f.timeouts,
})

export type InitDocument = z.output<typeof initSchema>
export type JoinDocument = z.output<typeof joinSchema>
export type ResetDocument = z.output<typeof resetSchema>
export type UpgradeDocument = z.output<typeof upgradeSchema>
