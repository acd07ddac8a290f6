// SPDX-License-Identifier: Apache-2.0
/** The page's entry. */
import { render } from 'preact';
import { App } from './app.tsx';
import { language } from './messages/messages.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/board.css';
import './styles/cells.css';
import './styles/dialog.css';
import './styles/office.css';

document.documentElement.lang = language;
render(<App />, document.body);
