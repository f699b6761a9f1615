import plotly from "plotly.js-dist-min";

export default plotly as object;
