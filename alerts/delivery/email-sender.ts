/** Sends e-mail by SMTP: one when an incident opens, and one into the same thread for each turn that it takes. */
import nodemailer from 'nodemailer';
import type { NotificationsConfig } from '../../core/config/notifications.js';
import { errorMessage } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { emailMessage } from '../messages/email-message.js';
import type { Content, Sender, SendResult } from './types.js';

export interface EmailSenderOptions {
  readonly config: NotificationsConfig['email'] & { readonly host: string; readonly from: string };
  readonly logger: Logger;
}

export function createEmailSender({ config, logger }: EmailSenderOptions): Sender {
  const timeoutMs = config.timeout_seconds * 1000;
  const transport = nodemailer.createTransport({
    host: config.host,
    port: config.port,
    secure: config.encryption === 'tls',
    requireTLS: config.encryption === 'starttls',
    ignoreTLS: config.encryption === 'none',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(config.username === null ? {} : { auth: { user: config.username, pass: config.password ?? '' } }),
  });
  const domain = config.from.slice(config.from.lastIndexOf('@') + 1);

  async function send(to: string, content: Content, inReplyTo: string | null): Promise<SendResult> {
    const { subject, text, html } = emailMessage(content.card, content.note);
    const messageId = `<${content.key}@${domain}>`;
    try {
      const { rejected } = await transport.sendMail({
        from: { name: 'ORC AI', address: config.from },
        to,
        subject: inReplyTo === null ? subject : `Re: ${subject}`,
        text,
        html,
        // The same for every attempt, by which mailboxes know a message that comes twice.
        messageId,
        ...(inReplyTo === null ? {} : { inReplyTo, references: inReplyTo }),
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      });
      if (rejected.length > 0)
        logger.warn({ rejected: rejected.length, to }, 'the SMTP server refuses some of the addresses');
      return { is: 'sent', remote: { channel: '', id: messageId } };
    } catch (error) {
      return failureOf(error);
    }
  }

  return {
    channel: 'email',
    onePerPass: false,
    open: (destination, content) => send(destination, content, null),
    update: null,
    reply: async (destination, remote, content) => {
      const result = await send(destination, content, remote.id);
      // Later ones answer the first, which is what mail programs sort by.
      return result.is === 'sent' ? { is: 'sent', remote } : result;
    },
  };
}

interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
}

/** A 5yz answer is for good (RFC 5321, section 4.2.1); anything else may pass. */
function failureOf(error: unknown): SendResult {
  const { code, responseCode } = error as SmtpError;
  const message = errorMessage(error).slice(0, 300);
  if (code === 'EAUTH' || (responseCode !== undefined && responseCode >= 500))
    return { is: 'refused', error: message };
  return { is: 'later', error: message, seconds: null, ofChannel: false };
}
