import { parseIp } from '../../config/field/addresses.ts'
import { subdomainFault } from '../../config/field/name-rules.ts'
import { KadmError } from '../../errors/kadm-error.ts'

/** Parses the values of --san, `NODE=name,address`, into names by node. Throws USAGE. */
export function parseNodeSans(values: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const value of values) {
    const [, node = '', list = ''] = /^([^=]+)=(.+)$/.exec(value) ?? []
    const names = list.split(',').map(name => name.trim())
    if (!isName(node) || !names.every(isName)) {
      throw new KadmError('USAGE', `--san ${value} is not a node with its names and addresses`, {
        hint: 'write it as NODE=name,address, such as --san w1=w1.example.com,10.0.0.11',
      })
    }
    found.set(node, [...(found.get(node) ?? []), ...names])
  }
  return found
}

function isName(text: string): boolean {
  return parseIp(text) !== undefined || subdomainFault(text.toLowerCase()) === undefined
}
