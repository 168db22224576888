import { Button } from '@mantine/core'
import { IconPackage } from '@tabler/icons-react'
import type { EnvironmentsRoute } from '../../app/routes.ts'
import { navigate } from '../../app/use-route.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import type { OneEnvironment } from './room.ts'

/** In the place of an environment's packages while it has none: the step that gives it some. */
export function NoPackages({ route, concretized }: { readonly route: OneEnvironment; readonly concretized: boolean }) {
  const lead = (to: Pick<EnvironmentsRoute, 'view' | 'run'>) => () =>
    navigate({ screen: 'environments', ref: route.ref, ...to })
  return (
    <EmptyState
      icon={IconPackage}
      title="No packages"
      actions={
        concretized ? (
          <Button variant="default" onClick={lead({ view: 'specs' })}>
            Add specs…
          </Button>
        ) : (
          <Button variant="default" onClick={lead({ view: 'spack', run: 'concretize' })}>
            Concretize…
          </Button>
        )
      }
    >
      {concretized
        ? 'The lockfile of the environment is empty: it has no roots.'
        : 'The environment has not been concretized. Run “spack concretize” in it.'}
    </EmptyState>
  )
}
