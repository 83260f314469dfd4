import { Chalk, type ChalkInstance } from 'chalk'

/** Returns the colors of all output. With `color` false all of them return the text unchanged. */
export function palette(color: boolean): ChalkInstance {
  return new Chalk({ level: color ? 1 : 0 })
}
