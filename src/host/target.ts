import type { ConnectTarget } from './host.ts'

/** Formats a target for display: `10.0.0.1:6443`, `[::1]:6443`, `/run/containerd/containerd.sock`. */
export function showTarget(target: ConnectTarget): string {
  if ('socket' in target) return target.socket
  return target.host.includes(':') ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`
}
