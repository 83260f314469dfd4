import { Duplex } from 'node:stream'
import { execa } from 'execa'
import { killGroup } from './kill-group.ts'

/** The stdin and stdout of a command as one stream (ProxyCommand). The stream ends with the command's stderr. */
export function localStream(command: string): Duplex {
  const child = execa('/bin/sh', ['-c', command], {
    detached: true,
    cleanup: false,
    reject: false,
    buffer: { stdout: false, stderr: true },
  })
  const { stdin, stdout } = child
  const stream = new Duplex({
    read: () => void stdout.resume(),
    // Its exit reports why it no longer reads.
    write: (chunk, _encoding, done) => void stdin.write(chunk, () => done()),
    final: done => void stdin.end(() => done()),
    destroy(error, done) {
      void killGroup(child.pid)
      done(error)
    },
  })
  stdin.on('error', () => {})
  stdout.on('data', chunk => {
    if (!stream.push(chunk)) stdout.pause()
  })
  void child.then(({ exitCode, stderr }) => {
    if (exitCode === 0) stream.push(null)
    else stream.destroy(new Error(`${command} exited ${exitCode}: ${stderr.trim()}`))
  })
  return stream
}
