/** Returns a task's result, or throws the signal's reason as soon as it aborts; `release` receives a later result. */
export async function stoppable<T>(
  task: Promise<T>,
  signal: AbortSignal | undefined,
  release: (late: T) => unknown,
): Promise<T> {
  if (signal === undefined) return task
  let stop = () => {}
  const stopped = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason)
      task.then(release).catch(() => {})
    }
  })
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  return Promise.race([stopped, task]).finally(() => signal.removeEventListener('abort', stop))
}
