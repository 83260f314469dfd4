// The ASN.1 module alone loads five times faster than the whole of node-forge, and kadm uses nothing else of it.
declare module 'node-forge/lib/asn1.js' {
  import { asn1 } from 'node-forge'
  export default asn1
}
