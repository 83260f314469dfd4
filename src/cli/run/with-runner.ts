/** Loads an intent and its runner in parallel, only when the command runs. */
export async function withRunner<M extends object>(loading: Promise<M>) {
  const [intents, { runIntent }] = await Promise.all([loading, import('./run-intent.ts')])
  return { ...intents, runIntent }
}
