import type { HostReader } from './host.ts'

/** Returns a reader that reads each path once, so that all parts of a command see the same content. */
export function readOnce<H extends HostReader>(host: H): H {
  return { ...host, readFile: once(host.readFile), stat: once(host.stat), list: once(host.list) }
}

function once<T>(read: (path: string) => Promise<T>): (path: string) => Promise<T> {
  const found = new Map<string, Promise<T>>()
  return path => {
    const known = found.get(path) ?? read(path)
    found.set(path, known)
    return known
  }
}
