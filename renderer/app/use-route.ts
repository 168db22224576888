import { useMemo, useSyncExternalStore } from 'react'
import { formatRoute, parseRoute, type Route } from './routes.ts'

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}

/** The present route; the component renders again when the address changes. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash)
  return useMemo(() => parseRoute(hash), [hash])
}

/** Goes there, with an entry in the history. */
export function navigate(route: Route): void {
  window.location.hash = formatRoute(route)
}

/** Goes there in place of the present entry: for what back should not step through. */
export function replaceRoute(route: Route): void {
  window.history.replaceState(undefined, '', formatRoute(route))
  window.dispatchEvent(new HashChangeEvent('hashchange'))
}
