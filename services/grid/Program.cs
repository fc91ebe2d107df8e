using Jiceng.Grid;
using Jiceng.Hosting;

var builder = ServiceHost.CreateBuilder(args, "grid");
builder.AddGrid();
var app = builder.Build();
app.MapGrid();
return await app.RunServiceAsync(args);
