import './nonce.js';
import './legacy.js';
import './styles/main.css';
import './elements/mx-app.js';
