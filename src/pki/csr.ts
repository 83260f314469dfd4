import { children, decodeDer, encodeDer } from './der.ts'
import { decodeName } from './name.ts'
import { decodePem } from './pem.ts'

/** Returns the common name of a signing request; undefined if it is not valid. */
export function readRequestName(pem: string): string | undefined {
  try {
    const [block] = decodePem(pem)
    const [body] = block === undefined ? [] : children(decodeDer(block.der))
    const [, name] = body === undefined ? [] : children(body)
    return name === undefined ? undefined : decodeName(encodeDer(name)).commonName
  } catch {
    return undefined
  }
}
