// The ASN.1 part alone starts five times faster than the whole of node-forge, and is all that is used of it.
declare module 'node-forge/lib/asn1.js' {
  import { asn1 } from 'node-forge'
  export default asn1
}
