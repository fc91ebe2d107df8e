using Jiceng.Hosting;
using Jiceng.Scoring;

var builder = ServiceHost.CreateBuilder(args, "scoring");
builder.AddScoring();
var app = builder.Build();
app.MapScoring();
return await app.RunServiceAsync(args);
