import type { SaRequest } from '../../cluster/sa-rotation.ts'
import { type Stage, stage, type Target } from '../phase.ts'
import { saApiServer, saCheck, saControllerManager, saForget, saKeys } from './index.ts'

/** One step of a rotation of the service account keys: control planes one after another. */
export function rotateSa(targets: readonly Target<SaRequest>[]): readonly Stage[] {
  const rows = [saKeys, saApiServer, saControllerManager]
  return [
    stage({ id: 'check', targets, atOnce: targets.length, rows: [saCheck] }),
    stage({ id: 'rotate-sa', targets, atOnce: 1, rows }),
    stage({ id: 'end', targets, atOnce: targets.length, rows: [saForget] }),
  ]
}
