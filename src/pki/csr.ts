import { children, decodeDer, encodeDer } from './der.ts'
import { decodeName } from './name.ts'
import { decodePem } from './pem.ts'

/** The common name that a signing request asks for; undefined when it is none. */
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
