import { describe } from 'vitest'
import { mixedControlPlanes } from './control-planes.ts'

describe('control planes of both tools in one cluster of v1.37.2', () => mixedControlPlanes('v1.37.2'))
