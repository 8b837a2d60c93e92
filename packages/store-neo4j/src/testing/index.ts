export { empty, filled, givenServers, GivenStores, guardedServer, meddle } from './given-databases.js';
