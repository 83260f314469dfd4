import * as z from 'zod'
import { parseDuration } from '../../cluster/duration.ts'
import type { JsonObject } from '../../cluster/json.ts'
import { type Secret, secret } from '../../cluster/secret.ts'
import { asGoWrites } from '../typed/writing.ts'

// Zod would compile each schema to a function: a run reads each document once, and compiling takes longer.
z.config({ jitless: true })

/** Schemas of leaves that several kinds share. Fields are optional without `undefined`: empty values were removed. */
export const text = z.string().exactOptional()
export const flag = z.boolean().exactOptional()
export const texts = z.array(z.string()).exactOptional()
const port = z.int().exactOptional()

/** A string that Go writes even if it is empty. */
const textOrEmpty = z.string().default('')

/** Milliseconds, parsed from a Go duration. */
export const duration = z
  .string()
  .transform((value, ctx) => {
    const ms = parseDuration(value)
    if (ms !== undefined) return ms
    const remedy = 'write a number with a unit: ns, us, ms, s, m or h, such as 8760h or 1h30m'
    ctx.addIssue({ code: 'custom', message: `"${value}" is not a duration`, params: { remedy } })
    return z.NEVER
  })
  .exactOptional()

/** A bootstrap token. Messages do not contain its text. Source: cluster-bootstrap/token/util. */
export const token = z
  .string()
  .transform((value, ctx): Secret => {
    if (isBootstrapToken(value)) return secret(value)
    const message = 'the bootstrap token is invalid: it is not of the form "[a-z0-9]{6}.[a-z0-9]{16}"'
    ctx.addIssue({
      code: 'custom',
      message,
      params: {
        remedy: 'omit it to generate a token, or use 6 and 16 characters of a-z and 0-9, separated by a dot',
      },
    })
    return z.NEVER
  })
  .exactOptional()

export function isBootstrapToken(value: string): boolean {
  return /^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(value)
}

/** A secret value of any form. Its own rule is applied later. */
export const hidden = z.string().transform(secret).exactOptional()

export const time = z
  .string()
  .transform((value, ctx) => {
    const at = new Date(value)
    if (/^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(at.getTime())) return at
    const remedy = 'use a time such as 2030-01-31T12:00:00Z'
    ctx.addIssue({ code: 'custom', message: `"${value}" is not an RFC 3339 time`, params: { remedy } })
    return z.NEVER
  })
  .exactOptional()

export const args = z.array(z.strictObject({ name: textOrEmpty, value: textOrEmpty })).exactOptional()

const selector = z.strictObject({ key: text, name: text, optional: flag }).exactOptional()

/** core/v1 EnvVar. As in kubeadm, a fieldRef without apiVersion gets `v1`. Includes empty values that Go writes. */
export const envs = z
  .array(
    z.strictObject({
      name: textOrEmpty,
      value: text,
      valueFrom: z
        .strictObject({
          fieldRef: z.strictObject({ apiVersion: z.string().default('v1'), fieldPath: textOrEmpty }).exactOptional(),
          resourceFieldRef: z.strictObject({ containerName: text, divisor: text, resource: text }).exactOptional(),
          configMapKeyRef: selector,
          secretKeyRef: selector,
          fileKeyRef: z.strictObject({ volumeName: text, path: text, key: text, optional: flag }).exactOptional(),
        })
        .transform(source => asGoWrites('EnvVarSource', source as JsonObject))
        .exactOptional(),
    }),
  )
  .exactOptional()

export const volumes = z
  .array(
    z.strictObject({
      name: textOrEmpty,
      hostPath: textOrEmpty,
      mountPath: textOrEmpty,
      readOnly: flag,
      pathType: text,
    }),
  )
  .exactOptional()

export const patches = z.strictObject({ directory: text }).exactOptional()

export const timeouts = z
  .strictObject({
    controlPlaneComponentHealthCheck: duration,
    kubeletHealthCheck: duration,
    kubernetesAPICall: duration,
    etcdAPICall: duration,
    tlsBootstrap: duration,
    discovery: duration,
    upgradeManifests: duration,
  })
  .exactOptional()

export const apiEndpoint = z.strictObject({ advertiseAddress: text, bindPort: port }).exactOptional()

const taint = z.strictObject({ key: textOrEmpty, value: text, effect: textOrEmpty, timeAdded: text })

export const nodeRegistration = z
  .strictObject({
    name: text,
    criSocket: text,
    taints: z.array(taint).exactOptional(),
    kubeletExtraArgs: args,
    ignorePreflightErrors: texts,
    imagePullPolicy: text,
    imagePullSerial: flag,
  })
  .exactOptional()

/** The fields apiVersion and kind of every document. */
export const typeMeta = { apiVersion: text, kind: text }
