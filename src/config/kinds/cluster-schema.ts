import * as z from 'zod'
import * as f from './field-schemas.ts'

/** ClusterConfiguration as written: see kind-schemas.ts. Separate, because most commands read only this kind. */
const imageMeta = { imageRepository: f.text, imageTag: f.text }
const component = { extraArgs: f.args, extraVolumes: f.volumes, extraEnvs: f.envs }

export const clusterSchema = z.strictObject({
  ...f.typeMeta,
  etcd: z
    .strictObject({
      local: z
        .strictObject({
          ...imageMeta,
          dataDir: f.text,
          extraArgs: f.args,
          extraEnvs: f.envs,
          serverCertSANs: f.texts,
          peerCertSANs: f.texts,
        })
        .exactOptional(),
      external: z
        .strictObject({
          endpoints: f.texts,
          httpEndpoints: f.texts,
          caFile: f.text,
          certFile: f.text,
          keyFile: f.text,
        })
        .exactOptional(),
    })
    .exactOptional(),
  networking: z.strictObject({ serviceSubnet: f.text, podSubnet: f.text, dnsDomain: f.text }).exactOptional(),
  kubernetesVersion: f.text,
  controlPlaneEndpoint: f.text,
  apiServer: z.strictObject({ ...component, certSANs: f.texts }).exactOptional(),
  controllerManager: z.strictObject(component).exactOptional(),
  scheduler: z.strictObject(component).exactOptional(),
  dns: z.strictObject({ ...imageMeta, disabled: f.flag }).exactOptional(),
  proxy: z.strictObject({ disabled: f.flag }).exactOptional(),
  certificatesDir: f.text,
  imageRepository: f.text,
  featureGates: z.record(z.string(), z.boolean()).exactOptional(),
  clusterName: f.text,
  encryptionAlgorithm: f.text,
  certificateValidityPeriod: f.duration,
  caCertificateValidityPeriod: f.duration,
})

export type ClusterDocument = z.output<typeof clusterSchema>
