import type { World } from './run-phases.ts'

/** The world of a run that is killed before its next change after `lives` changes. */
export function mortal(world: World, lives: number): { readonly world: World; readonly dead: () => boolean } {
  let left = lives
  const changing = new Set([
    'writeFile',
    'writePair',
    'remove',
    'exec',
    'create',
    'update',
    'patch',
    'addLearner',
    'promote',
    'restartContainer',
  ])
  const until = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, name) {
        const found = Reflect.get(target, name) as unknown
        if (typeof found !== 'function') return found
        return (...args: unknown[]) => {
          if (changing.has(String(name)) && left >= 0) left--
          if (left < 0) return Promise.reject(new Error('killed'))
          return (found as (...args: unknown[]) => unknown)(...args)
        }
      },
    })
  return {
    world: {
      ...world,
      kube: until(world.kube),
      etcd: until(world.etcd),
      runtime: until(world.runtime),
      hostOf: (...of) => until(world.hostOf(...of)),
    },
    dead: () => left < 0,
  }
}
