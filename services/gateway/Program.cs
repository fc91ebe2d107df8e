using Jiceng.Gateway;
using Jiceng.Hosting;

var builder = ServiceHost.CreateBuilder(args, "gateway");
builder.AddGateway();
var app = builder.Build();
app.MapGateway();
return await app.RunServiceAsync(args);
