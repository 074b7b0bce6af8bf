import type { KnownNameList } from '../known-names.js';
import type { ListenerWindow } from './intake-service.js';
import type { ErrorCode } from '../../../core/errors.js';

/** To the thread. */
export type ThreadCommand =
  | { readonly type: 'know'; readonly list: KnownNameList; readonly airflowVersion: string | null }
  | { readonly type: 'close' };

/** From the thread. */
export type ThreadMessage =
  | { readonly type: 'listening'; readonly address: string; readonly receiveBufferBytes: number }
  | {
      readonly type: 'refused';
      readonly code: ErrorCode;
      readonly message: string;
      readonly fix: string | null;
    }
  | { readonly type: 'window'; readonly window: ListenerWindow }
  | { readonly type: 'socket_error'; readonly message: string };
