/** A fastify route that answers the same bytes every time: what HTTP alone costs on this machine. */
import fastify from 'fastify';

const app = fastify();
let body = '';
app.get('/constant', (_request, reply) => reply.header('content-type', 'application/json; charset=utf-8').send(body));

process.on('message', (message) => {
  if (message === 'close') void app.close().then(() => process.disconnect());
  else body = message;
});
process.send(await app.listen({ host: '127.0.0.1', port: 0 }));
