import { survivesLoss } from './ha/survives.ts'

survivesLoss('v1.37.2')
