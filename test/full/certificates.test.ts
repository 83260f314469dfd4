import { useCertificateNode, verifiesAlgorithms } from '../e2e/certificate-node.ts'

// Keys that take long to generate.
verifiesAlgorithms(useCertificateNode('certificates-full'), ['RSA-3072', 'RSA-4096'])
