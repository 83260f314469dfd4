import type { MachineFacts } from '../../cluster/cluster.ts'
import { isKadmError, KadmError } from '../../errors/kadm-error.ts'
import type { ReportProgress } from '../../observe/cluster/cluster-wait.ts'
import { ownAddressRemedy } from '../../phases/preflight/duplicate-address.ts'
import { ownAddresses } from '../../phases/preflight/peers.ts'

/**
 * Warns if the endpoint of the cluster is an address of the joining host itself: behind the NAT of a hypervisor all
 * hosts have the same address. Reports it at once, because the wait is long, and adds it to the error.
 */
export async function atOwnAddress<T>(
  found: Promise<T>,
  {
    endpoint,
    facts,
    report,
  }: { readonly endpoint: string | undefined; readonly facts: Promise<MachineFacts>; readonly report: ReportProgress },
): Promise<T> {
  const own = facts.then(known => ownAddress(endpoint, known)).catch(() => undefined)
  const reported = own.then(one => one && report(one.says))
  try {
    return await found
  } catch (error) {
    await reported
    const one = await own
    if (one === undefined || !isKadmError(error, 'DISCOVERY_FAILED')) throw error
    throw new KadmError('DISCOVERY_FAILED', `${error.message}; ${one.says}`, { cause: error, hint: one.remedy })
  }
}

function ownAddress(endpoint: string | undefined, facts: MachineFacts) {
  if (endpoint === undefined || !URL.canParse(`https://${endpoint}`)) return undefined
  const address = new URL(`https://${endpoint}`).hostname.replace(/^\[|\]$/g, '')
  if (!ownAddresses(facts).includes(address)) return undefined
  return {
    says: `${address} is an address of the joining host ${facts.hostname} itself`,
    remedy: ownAddressRemedy({ facts }, address),
  }
}
