// A module of its own so that it can be loaded late (undici alone takes 80 ms) and still be bundled: esbuild gives a
// dynamically imported CommonJS package no named exports, a re-export gets them.
export { buildConnector, Pool, ProxyAgent } from 'undici'
