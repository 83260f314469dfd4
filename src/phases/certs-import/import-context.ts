import type { ImportRequest } from '../../cluster/csr-request.ts'
import type { ControlPlaneContext } from '../phase.ts'

export type ImportContext = ControlPlaneContext<ImportRequest>
