import type { Arg } from '../../cluster/spec.ts'
import { parseIp } from './addresses.ts'
import { type Fault, type FieldPath, faultsOf } from './field-path.ts'
import { certNameFault, isImageRepository } from './name-rules.ts'

/** Rules that several kinds share. The texts are those of kubeadm's validation.go. */
export function validatePath(kind: string, path: FieldPath, value: string): readonly Fault[] {
  if (value.startsWith('/')) return []
  return [faultsOf(kind)(path, `"${value}": path is not absolute`, 'use an absolute path')]
}

export function validateArgs(kind: string, path: FieldPath, args: readonly Arg[] | undefined): readonly Fault[] {
  return (args ?? []).flatMap(({ name }, i) => {
    if (name === '') return [faultsOf(kind)([...path, i], 'argument has no name', 'give it a name, or remove it')]
    if (!name.startsWith('-')) return []
    const message = `"${name}": the name of an argument has no leading dashes`
    return [faultsOf(kind)([...path, i, 'name'], message, `write ${name.replace(/^-+/, '')}`)]
  })
}

export function validateCertNames(
  kind: string,
  path: FieldPath,
  names: readonly string[] | undefined,
): readonly Fault[] {
  return (names ?? []).flatMap((name, i) => {
    const reason = certNameFault(name)
    if (reason === undefined || parseIp(name) !== undefined) return []
    const message = `"${name}": altname is not a valid IP address, DNS label or a DNS label with subdomain wildcards: ${reason}`
    return [faultsOf(kind)([...path, i], message, 'write a DNS name or an IP address, without port')]
  })
}

export function validateRepository(kind: string, path: FieldPath, value: string): readonly Fault[] {
  if (isImageRepository(value)) return []
  const message = `"${value}": invalid image repository format`
  return [faultsOf(kind)(path, message, 'write host[:port]/path, such as registry.example.com/k8s')]
}

export function validatePort(kind: string, path: FieldPath, value: number): readonly Fault[] {
  if (value >= 1 && value <= 65535) return []
  return [faultsOf(kind)(path, `${value}: port number is not valid`, 'use a port between 1 and 65535')]
}

const policies = ['Always', 'IfNotPresent', 'Never']

export function validatePullPolicy(kind: string, path: FieldPath, value: string | undefined): readonly Fault[] {
  if (value === undefined || policies.includes(value)) return []
  return [faultsOf(kind)(path, `"${value}": invalid pull policy`, `write one of ${policies.join(', ')}`)]
}

/** The key is a secret: messages do not contain it. */
export function validateCertificateKey(kind: string, path: FieldPath, key: string | undefined): readonly Fault[] {
  if (key === undefined) return []
  const remedy = 'make one with `kadm certs certificate-key`'
  if (!/^([0-9a-fA-F]{2})*$/.test(key)) {
    return [faultsOf(kind)(path, 'certificate key decoding error: it is not hexadecimal', remedy)]
  }
  if (key.length === 64) return []
  const message = `invalid certificate key size ${key.length / 2}, the key must be an AES key of size 32`
  return [faultsOf(kind)(path, message, remedy)]
}

/** Returns the sorted lower-case union of names; `all` must be the only name. */
export function validateIgnored(kind: string, path: FieldPath, names: readonly string[]): readonly Fault[] {
  if (!names.includes('all') || names.length === 1) return []
  const message = `"${names.join(',')}": don't specify individual checks if 'all' is used`
  return [faultsOf(kind)(path, message, "write 'all' alone, or leave it out")]
}
