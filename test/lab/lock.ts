import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir } from './paths.ts'

/**
 * Runs `work` while no other process holds the lock `name`.
 * flock(1) holds the lock, which ends with this process, even if it is killed.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const folder = join(cacheDir, 'locks')
  mkdirSync(folder, { recursive: true })
  const child = spawn('flock', ['--exclusive', join(folder, name), 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true, // an interrupt from the terminal must not drop the lock before the clean-up has run
  })
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`flock for ${name} ended with code ${code}`)
  })
  failed.catch(() => {})
  await Promise.race([once(child.stdout, 'data'), failed])
  try {
    return await work()
  } finally {
    child.stdin.end()
    await once(child, 'exit')
  }
}
