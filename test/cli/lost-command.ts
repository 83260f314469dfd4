import { endWith } from '../../src/cli/exit-code.ts'

/** A process whose command waits forever, or answers: the number in its argument. */
const [answer] = process.argv.slice(2)
void endWith(answer === undefined ? new Promise<number>(() => {}) : Promise.resolve(Number(answer)))
