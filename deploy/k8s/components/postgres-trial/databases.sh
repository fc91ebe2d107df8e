# Run by the image when the volume is empty: a role and a database for each service.
for service in cadre grid scoring; do
  psql -v ON_ERROR_STOP=1 -U postgres -v name="jiceng_$service" -v password="$(cat "/etc/jiceng/passwords/$service")" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
SQL
done
