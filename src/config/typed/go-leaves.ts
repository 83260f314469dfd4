import { formatNanos, parseNanos } from '../../cluster/duration.ts'
import type { Json } from '../../cluster/json.ts'
import { formatQuantity } from '../../cluster/quantity.ts'
import { formatTime, parseTime } from '../../cluster/time.ts'
import { fromBigInt } from '../../yaml/resolve.ts'

/** Why a value does not have a type. */
export interface TypeMismatch {
  readonly message: string
  readonly remedy: string
}

export interface Leaf {
  /** Go's zero value, as Go writes it. */
  readonly zero: Json
  /** Returns the value as Go writes it. */
  readonly read: (value: Exclude<Json, null>) => { readonly value: Json } | TypeMismatch
  /** The result for null; absent = the zero value. */
  readonly readNull?: TypeMismatch
  /** True for a struct in Go, which `omitempty` does not leave out. */
  readonly isStruct: boolean
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  bigint: 'a number',
  boolean: 'true or false',
  object: 'a mapping',
}

/** Returns the error for a value of the wrong type. */
export function wrongType(wanted: string, value: Json, remedy = `write ${wanted}`): TypeMismatch {
  const found = Array.isArray(value) ? 'a list' : value === null ? 'nothing' : (typeNames[typeof value] ?? 'nothing')
  return { message: `must be ${wanted}, not ${value === '' ? 'an empty string' : found}`, remedy }
}

const text: Leaf = {
  zero: '',
  isStruct: false,
  read: value => {
    if (typeof value === 'string') return { value }
    return typeof value === 'object'
      ? wrongType('a string', value)
      : wrongType('a string', value, 'put the value in quotes')
  },
}

const flag: Leaf = {
  zero: false,
  isStruct: false,
  read: value =>
    typeof value === 'boolean' ? { value } : wrongType('true or false', value, 'write true or false, without quotes'),
}

function whole(least: bigint, most: bigint): Leaf {
  return {
    zero: 0,
    isStruct: false,
    read: value => {
      if (typeof value !== 'number' && typeof value !== 'bigint') return wrongType('a whole number', value)
      if (typeof value === 'number' && !Number.isInteger(value)) {
        return { message: `must be a whole number, not ${value}`, remedy: 'write a whole number' }
      }
      // Go converts an integral float from its shortest digits: -9223372036854776000 is out of range.
      const size = BigInt(Math.abs(Number(value)) < 1e21 ? String(value) : value)
      if (size >= least && size <= most) return { value: fromBigInt(size) }
      return {
        message: `must be a number from ${least} to ${most}, not ${size}`,
        remedy: 'write a number in that range',
      }
    },
  }
}

function fraction(round: (value: number) => number): Leaf {
  return {
    zero: 0,
    isStruct: false,
    read: value => {
      if (typeof value !== 'number' && typeof value !== 'bigint') return wrongType('a number', value)
      if (Number.isFinite(round(Number(value)))) return { value: typeof value === 'bigint' ? Number(value) : value }
      return { message: `must be a number of at most 3.4e38, not ${value}`, remedy: 'write a smaller number' }
    },
  }
}

const durationRemedy = 'write a number with a unit: ns, us, ms, s, m or h, such as 8760h or 1h30m'
const duration: Leaf = {
  zero: '0s',
  isStruct: true,
  readNull: { message: 'must be a duration, not empty', remedy: durationRemedy },
  read: value => {
    if (typeof value !== 'string') return wrongType('a duration', value, durationRemedy)
    const nanos = parseNanos(value)
    if (nanos !== undefined) return { value: formatNanos(nanos) }
    return { message: `"${value}" is not a duration of at most 292 years`, remedy: durationRemedy }
  },
}

/** A duration, or a number of nanoseconds: the type of a log's flush frequency. */
const logDuration: Leaf = {
  zero: 0,
  isStruct: true,
  read: value => (typeof value === 'string' ? duration.read(value) : int64.read(value)),
}

const time: Leaf = {
  zero: null,
  isStruct: true,
  read: value => {
    const remedy = 'use a time such as 2030-01-31T12:00:00Z'
    if (typeof value !== 'string') return wrongType('a time', value, remedy)
    const at = parseTime(value)
    return at === undefined ? { message: `"${value}" is not an RFC 3339 time`, remedy } : { value: formatTime(at) }
  },
}

const quantity: Leaf = {
  zero: '0',
  isStruct: true,
  read: value => {
    const remedy = 'write an amount such as 100Mi or 500m'
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint')
      return wrongType('a quantity', value, remedy)
    const amount = formatQuantity(String(value))
    return amount === undefined ? { message: `"${value}" is not a quantity`, remedy } : { value: amount }
  },
}

const int64 = whole(-(1n << 63n), (1n << 63n) - 1n)

const leaves: Readonly<Record<string, Leaf>> = {
  string: text,
  bool: flag,
  int: int64,
  int64,
  int32: whole(-(1n << 31n), (1n << 31n) - 1n),
  uint32: whole(0n, (1n << 32n) - 1n),
  float32: fraction(Math.fround),
  float64: fraction(value => value),
  'v1.Duration': duration,
  'v1.TimeOrMetaDuration': logDuration,
  'v1.Time': time,
  // Validated when the token is read, so that messages do not contain it.
  'v1.BootstrapTokenString': { ...text, isStruct: true },
  'resource.Quantity': quantity,
  'resource.QuantityValue': quantity,
}

export function leafOf(name: string): Leaf {
  const leaf = leaves[name]
  if (leaf === undefined) throw new Error(`no rule for the Go type ${name}`)
  return leaf
}
