// least wall per image over many calls, all settings, public: robust under load
const root=process.env.ROOT??'/work/wt/compress';
const { compress } = require(root+'/dist/compress/compress.js');
const { closePool } = require(root+'/dist/compress/threads/run.js');
const n=64, side=320; const threads=(process.env.T??'1').split(',').map(Number); const ms=Number(process.env.MS??400);
const pixels = new Uint8Array(n*side*side); let v=128, s=12345; for (let i=0;i<pixels.length;i++){ s=(s*1103515245+12345)>>>0; v=Math.max(0,Math.min(255,v+((s>>16)&15)-7.5)); pixels[i]=v;}
const images={pixels,shape:[n,1,side,side],ids:Array.from({length:n},(_,i)=>''+i)};
let settings=[[1,1],[1,160],[1,79],[2,19],[3,9],[4,5],[5,5],[6,5],[7,1],[8,1]]; if(process.env.ONLY) settings=process.env.ONLY.split(' ').map(x=>x.split(',').map(Number));
const wavelet=process.env.WAVELET??'haar'; const pooling=process.env.POOLING??'l1';
(async()=>{ const g={}; for(const [J,P] of settings){ const row=[]; for(const T of threads){ const o={level:J,patchGrid:P,workers:T,wavelet,pooling}; const all=[]; const w=performance.now(); while(performance.now()-w<ms){ const t=performance.now(); await compress(images,o); all.push((performance.now()-t)*1000/n);} all.sort((a,b)=>a-b); row.push(all[0], all[Math.floor(all.length/10)], all[all.length>>1]); (g[T]??=[]).push(all[Math.floor(all.length/10)]); }
 console.log(`${J},${P}`.padEnd(6),row.map(x=>x.toFixed(1).padStart(8)).join(' ')); }
 console.log('geomean at 10% quantile img/s', threads.map(T=>T+': '+Math.exp(g[T].map(x=>Math.log(1e6/x)).reduce((a,b)=>a+b)/g[T].length).toFixed(0)).join('  ')); await closePool();})();
