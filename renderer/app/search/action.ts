import type { ReactNode } from 'react'

/** Something that the search finds, and what choosing it does. */
export interface Action {
  readonly id: string
  readonly label: string
  readonly description?: string
  readonly leftSection: ReactNode
  readonly onClick: () => void
}

/** The actions whose label holds every word of the query. */
export function matching(actions: readonly Action[], query: string): Action[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  return actions.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)))
}
