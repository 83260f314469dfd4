export { imagesPull } from './pull.ts'
