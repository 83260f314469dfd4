import { Chalk, type ChalkInstance } from 'chalk'

/** The colours of everything that is shown; with `color` false all of them leave the text as it is. */
export function palette(color: boolean): ChalkInstance {
  return new Chalk({ level: color ? 1 : 0 })
}
