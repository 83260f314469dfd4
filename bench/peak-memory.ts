import { readFileSync } from 'node:fs'

/** Reads the peak of a process's resident memory until the process ends. */
export function peakMemory(): { readonly watch: (pid: number) => void; readonly megabytes: () => number } {
  let peak = 0
  let timer: NodeJS.Timeout | undefined
  return {
    watch(pid) {
      timer = setInterval(() => {
        try {
          const [, kilobytes = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
          peak = Math.max(peak, Number(kilobytes))
        } catch {
          clearInterval(timer)
        }
      }, 50)
    },
    megabytes() {
      clearInterval(timer)
      return Math.round(peak / 1000)
    },
  }
}
