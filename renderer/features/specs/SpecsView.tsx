import type { RoomProps } from '../environments/room.ts'

export function SpecsView({ route }: RoomProps) {
  return <p>{route.view}</p>
}
