import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { exec } from '../exec.ts'
import { startTime } from '../host.ts'
import type { BaseImage } from './image.ts'
import { inNetwork } from './network.ts'
import { addressOf, gateway, hardware, type MachineName, macOf, tapOf } from './settings.ts'

/** Where a machine keeps its disk with the saved states, its console's text, and what reaches its QEMU. */
export function filesOf(image: BaseImage, name: MachineName) {
  const dir = join(image.dir, 'machines', name)
  return {
    dir,
    disk: join(dir, 'disk.qcow2'),
    console: join(dir, 'console.log'),
    monitor: join(dir, 'monitor'),
    pid: join(dir, 'pid'),
  }
}

/** The process id of a machine's QEMU while it runs. */
export function pidOf(image: BaseImage, name: MachineName): number | undefined {
  const files = filesOf(image, name)
  if (!existsSync(files.pid)) return undefined
  const pid = Number(readFileSync(files.pid, 'utf8'))
  // Another program may have the number by now.
  if (startTime(pid) === undefined) return undefined
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(files.disk) ? pid : undefined
}

/** Starts a machine on its disk; with the name of a saved state it goes on from there. */
export async function startQemu(image: BaseImage, name: MachineName, state?: string): Promise<void> {
  const files = filesOf(image, name)
  const uuid = createHash('md5').update(`kadm-vm-${name}`).digest('hex')
  const devices = [
    ...['-drive', `file=${files.disk},if=virtio,cache=unsafe,discard=unmap`],
    ...['-netdev', `tap,id=n0,ifname=${tapOf(name)},script=no,downscript=no`],
    ...['-device', `virtio-net-pci,netdev=n0,mac=${macOf(name)},romfile=`],
    ...[
      '-device',
      'virtio-rng-pci',
      '-rtc',
      'base=utc',
      '-uuid',
      uuid.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    ],
  ]
  const control = ['-serial', `file:${files.console}`, '-qmp', `unix:${files.monitor},server,nowait`]
  const { accelerator, cpu, cpus, memoryMiB } = hardware
  const [file = '', ...args] = inNetwork([
    ...['qemu-system-x86_64', '-name', name, '-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-accel', accelerator, '-cpu', cpu, '-smp', String(cpus), '-m', String(memoryMiB)],
    ...['-kernel', image.kernel, '-initrd', image.initrd, '-append', kernelCommandLine(name, uuid)],
    ...[...devices, ...control, '-pidfile', files.pid, '-daemonize'],
    ...(state === undefined ? [] : ['-loadvm', state]),
  ])
  await exec(file, args, { timeoutMs: 300_000 })
}

/** Ends a machine's QEMU as a power cut does. */
export async function killQemu(image: BaseImage, name: MachineName): Promise<void> {
  const pid = pidOf(image, name)
  if (pid !== undefined) {
    process.kill(pid, 'SIGKILL')
    await exec('tail', [`--pid=${pid}`, '-f', '/dev/null'], { timeoutMs: 60_000 })
  }
  rmSync(filesOf(image, name).pid, { force: true })
}

/**
 * `tsc=reliable`: the emulated processor has no constant TSC, and with the HPET as its clock each look at the time leaves
 * the emulation; an API server then takes too long for its own start.
 */
function kernelCommandLine(name: MachineName, uuid: string): string {
  const address = `ip=${addressOf(name)}::${gateway}:255.255.255.0:${name}:eth0:off`
  const identity = `systemd.hostname=${name} systemd.machine_id=${uuid}`
  return `console=ttyS0 root=/dev/vda rw quiet tsc=reliable mitigations=off net.ifnames=0 ${address} ${identity}`
}
