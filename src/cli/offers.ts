import { Argument, Option } from 'commander'
import type { Offer } from '../config/flags/flag.ts'

/** An option whose argument completion knows something about. */
export class OfferingOption extends Option {
  readonly offer: Offer
  /** True when commas separate several values. */
  readonly list: boolean

  constructor(flags: string, description: string, offer: Offer, list = false) {
    super(flags, description)
    this.offer = offer
    this.list = list
  }
}

/** An argument of a command that completion knows something about. */
export class OfferingArgument extends Argument {
  readonly offer: Offer

  constructor(name: string, description: string, offer: Offer) {
    super(name, description)
    this.offer = offer
  }
}

/** What an option takes, and whether it takes several values separated by commas. */
export function offerOf(option: Option): { readonly offer?: Offer; readonly list: boolean } {
  if (option instanceof OfferingOption) return { offer: option.offer, list: option.list }
  return { list: false, ...(option.argChoices === undefined ? {} : { offer: option.argChoices }) }
}
