using Jiceng.Cadre;
using Jiceng.Hosting;

var builder = ServiceHost.CreateBuilder(args, "cadre");
builder.AddCadre();
var app = builder.Build();
app.MapCadre();
return await app.RunServiceAsync(args);
