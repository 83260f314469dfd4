import { type CaName, pairOf } from '../cluster/node-files.ts'
import type { CaPair, RotatedCa } from '../cluster/rotation.ts'
import { secret } from '../cluster/secret.ts'
import { KadmError } from '../errors/kadm-error.ts'
import type { HostReader } from '../host/host.ts'
import { readText } from '../observe/machine/read-text.ts'
import type { CaOnHost } from '../pki/rotation.ts'

/** Returns the CAs of a rotation that has begun. Throws CERT_INVALID if hosts have different ones. */
export function pairOfHosts(ca: CaName, found: readonly CaOnHost[]): CaPair | undefined {
  const begun = found.filter(({ pair }) => pair !== undefined)
  const different = begun.find(({ pair }) => pair?.new.certificate !== begun[0]?.pair?.new.certificate)
  if (different !== undefined) {
    throw new KadmError('CERT_INVALID', `${begun[0]?.host} and ${different.host} have different new CAs for ${ca}`, {
      hint: 'two rotations were begun on different hosts; remove the directory `rotation` of the one that no node trusts',
    })
  }
  const pairs = begun.flatMap(({ pair }) => pair ?? [])
  const [first] = pairs
  // A key that one host has destroyed already is not used again, but its other copies still have to be destroyed.
  return (
    first && {
      old: withKey(pairs.map(({ old }) => old)) ?? first.old,
      new: withKey(pairs.map(pair => pair.new)) ?? first.new,
    }
  )
}

function withKey(cas: readonly RotatedCa[]): RotatedCa | undefined {
  return cas.find(({ key }) => key !== undefined)
}

interface Unrotated {
  readonly ca: CaName
  readonly found: readonly CaOnHost[]
  readonly certificatesDir: string
  readonly places: readonly { readonly host: HostReader; readonly role: string }[]
}

/**
 * Returns the CA of the cluster before a rotation. Throws CERT_INVALID if a control plane cannot sign with it, if it is
 * not the same everywhere, or if a file trusts several CAs.
 */
export async function refuseUnrotatable({ ca, found, certificatesDir, places }: Unrotated): Promise<RotatedCa> {
  const files = pairOf(certificatesDir, ca)
  const fault = (host: string | undefined, reason: string, hint: string) =>
    new KadmError('CERT_INVALID', `${ca} on ${host} cannot be rotated: ${reason}`, { hint })
  const controlPlanes = found.filter((_, i) => places[i]?.role === 'control-plane')
  const [first] = controlPlanes
  const unsigned = controlPlanes.find(({ signer }) => signer === undefined)
  if (first?.signer === undefined || unsigned !== undefined) {
    const hint = `an external CA is rotated by its owner; otherwise restore ${files.key} from another control plane`
    throw fault(unsigned?.host, `${files.key} does not exist there, or belongs to another CA`, hint)
  }
  const { signer } = first
  const other = controlPlanes.find(one => one.signer !== undefined && !one.signer.der.equals(signer.der))
  if (other !== undefined) {
    throw fault(other.host, `${first.host} has another one`, 'copy the CA of the cluster to every control plane first')
  }
  const several = found.find(({ trusts }) =>
    [...trusts.values()].some(list => list.length !== 1 || !list[0]?.der.equals(signer.der)),
  )
  if (several !== undefined) {
    const path = [...several.trusts].find(([, list]) => list.length !== 1 || !list[0]?.der.equals(signer.der))?.[0]
    throw fault(several.host, `${path} trusts other CAs, too`, `write only the CA of the cluster into ${path}`)
  }
  const host = places.find(({ role }) => role === 'control-plane')?.host
  const key = host === undefined ? undefined : await readText(host, files.key)
  return { certificate: signer.pem, ...(key === undefined ? {} : { key: secret(key) }) }
}
