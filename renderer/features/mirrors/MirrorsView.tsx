import type { RoomProps } from '../environments/room.ts'

export function MirrorsView({ route }: RoomProps) {
  return <p>{route.view}</p>
}
