import { survivesLoss } from '../e2e/ha/survives.ts'

survivesLoss('v1.36.3')
