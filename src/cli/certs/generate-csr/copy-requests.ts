import { join } from 'node:path'
import { writeOwn } from '../../write-own.ts'
import type { CsrResult } from './result.ts'

/** Copies the requests below a local directory; of several nodes, into a directory for each. */
export function copyRequests(result: CsrResult, outDir: string): CsrResult {
  const { nodes } = result
  const copies = nodes.map(({ node, requests }) => {
    const dir = nodes.length > 1 ? join(outDir, node) : outDir
    for (const { base, request } of requests) writeOwn(join(dir, `${base}.csr`), request, 0o644)
    return dir
  })
  return { ...result, copies }
}
