import type { HostReader } from './host.ts'

/** Returns a reader that reads each file once, so that all parts of a command see the same content. */
export function readOnce(host: HostReader): HostReader {
  const files = new Map<string, ReturnType<HostReader['readFile']>>()
  return {
    ...host,
    readFile(path) {
      const found = files.get(path) ?? host.readFile(path)
      files.set(path, found)
      return found
    },
  }
}
